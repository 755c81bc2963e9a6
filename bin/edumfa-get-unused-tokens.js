#!/usr/bin/env node
await (await import('./program.js')).runProgram('edumfa-get-unused-tokens')
