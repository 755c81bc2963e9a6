// Searches the recorded output of a test run for secrets of the fixtures: tsx scripts/secrets.ts FOLDER
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fixtureSecrets} from '../test/support/canary.js'

const folder = process.argv[2] ?? ''
const secrets = fixtureSecrets()
let found = 0
let searched = 0
for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  let command = ''
  for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
    searched += line.length
    if (line.startsWith('$ ')) command = line
    for (const secret of secrets) {
      // The command itself may hold one where an old spelling has it so.
      if (line.startsWith('$ ') || !line.includes(secret)) continue
      found += 1
      console.log(
        `${command} printed a secret (${secret.slice(0, 4)}…): ${line.replaceAll(secret, '***').slice(0, 200)}`,
      )
    }
  }
}
console.log(`${found} secrets found in ${searched} characters of output (${secrets.size} searched for)`)
process.exitCode = found === 0 ? 0 : 1
