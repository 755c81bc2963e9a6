#!/usr/bin/env node
await (await import('./program.js')).runProgram('ssha.py')
