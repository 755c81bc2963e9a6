#!/usr/bin/env node
await (await import('./program.js')).runProgram('privacyidea-create-sqlidresolver-user')
