#!/usr/bin/env node
await (await import('./program.js')).runProgram('privacyidea-expired-users')
