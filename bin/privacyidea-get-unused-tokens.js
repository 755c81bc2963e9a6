#!/usr/bin/env node
await (await import('./program.js')).runProgram('privacyidea-get-unused-tokens')
