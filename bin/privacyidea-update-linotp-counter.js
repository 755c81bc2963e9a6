#!/usr/bin/env node
await (await import('./program.js')).runProgram('privacyidea-update-linotp-counter.py')
