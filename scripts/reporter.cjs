// Mocha reporter of `npm test`: one line a file, failures in full, and the result as JSON in PI_TEST_RESULTS.
/* eslint-disable @typescript-eslint/no-require-imports -- mocha loads a reporter by require */
/* global module, require */
const {reporters} = require('mocha')
const {writeFileSync} = require('node:fs')
const {relative} = require('node:path')

module.exports = class FileReporter extends reporters.Base {
  constructor(runner, options) {
    super(runner, options)
    const files = new Map()
    const failures = []
    const skipped = []
    let passed = 0
    const of = (test) => {
      const name = test.file ? relative(process.cwd(), test.file) : 'hooks'
      if (!files.has(name)) files.set(name, {passed: 0, failed: 0, skipped: 0, ms: 0})
      return files.get(name)
    }
    runner.on('pass', (test) => {
      passed += 1
      of(test).passed += 1
      of(test).ms += test.duration ?? 0
    })
    runner.on('fail', (test, error) => {
      failures.push({title: test.fullTitle(), file: test.file, stack: error.stack ?? error.message ?? String(error)})
      of(test).failed += 1
      console.log(`FAIL ${test.fullTitle()}\n${describe(error)}`)
    })
    runner.on('pending', (test) => {
      skipped.push(test.fullTitle())
      of(test).skipped += 1
    })
    // In parallel mode a file's results arrive together; a line follows when the next file begins, or at the end.
    const printed = new Set()
    const print = (all) => {
      const names = [...files.keys()]
      for (const name of all ? names : names.slice(0, -1)) {
        if (printed.has(name)) continue
        printed.add(name)
        const {failed, ms, ...counts} = files.get(name)
        const words = [
          `${counts.passed} passed`,
          failed && `${failed} failed`,
          counts.skipped && `${counts.skipped} skipped`,
        ]
        console.log(
          `${failed ? 'FAIL' : 'ok  '} ${name}: ${words.filter(Boolean).join(', ')} (${(ms / 1000).toFixed(1)} s)`,
        )
      }
    }
    runner.on('suite end', () => print(false))
    runner.on('end', () => {
      print(true)
      const result = {passed, failures, skipped, files: Object.fromEntries(files)}
      if (process.env.PI_TEST_RESULTS) writeFileSync(process.env.PI_TEST_RESULTS, JSON.stringify(result))
    })
  }
}

function describe(error) {
  const lines = [error.stack ?? error.message ?? String(error)]
  if (error.actual !== undefined && error.expected !== undefined) {
    lines.push(reporters.Base.generateDiff(text(error.actual), text(error.expected)))
  }
  return lines.join('\n')
}

function text(value) {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)
}
