/**
 * Exchanges 1,000 random PSKC files with python3-pskc in each direction: what it writes is read equal, what we write it
 * reads equal, is valid by pskctool, and is refused when a byte was changed. The test of the same name takes 50.
 *
 * node --import tsx bench/pskc.ts [files]
 */
import {spawnSync} from 'node:child_process'

const {status} = spawnSync('npx', ['mocha', 'test/compat/pskc.test.ts'], {
  env: {...process.env, CI: 'true', PI_TEST_PSKC_FILES: process.argv[2] ?? '1000'},
  stdio: 'inherit',
})
process.exitCode = status ?? 1
