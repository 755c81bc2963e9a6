// 10,000 policies: one match after loading, beside a bare loop over the same objects. `npx tsx bench/policies.ts`
import {performance} from 'node:perf_hooks'
import {PolicySet} from '../src/lib/policy/policy-set.js'
import {policy, request} from '../test/unit/lib/policy/support.js'

const count = 10_000
const rounds = 300

const policies = Array.from({length: count}, (_, index) =>
  policy(`p${index}`, 'authentication', index % 2 === 0 ? 'otppin=userstore' : 'challenge_response=hotp totp', {
    client: index % 5 === 0 ? '10.0.0.0/8, !10.0.0.1' : '',
    priority: 1 + (index % 7),
    realm: `realm${index % 1000}`,
    user: index % 3 === 0 ? '*, !root' : '',
  }),
)
const asked = request({action: 'otppin', client: '10.1.1.1', login: 'hans', realm: 'realm500', resolver: 'r1'})

const began = performance.now()
const set = new PolicySet(policies, {resolversOfRealm: () => ['r1']})
await set.match(asked)
console.log(`loading and first match: ${(performance.now() - began).toFixed(1)} ms`)

let matched = 0
const started = performance.now()
for (let round = 0; round < rounds; round++) matched = (await set.match(asked)).length
console.log(
  `one match of ${count} policies: ${((performance.now() - started) / rounds).toFixed(3)} ms (${matched} match)`,
)

let found = 0
const bare = performance.now()
for (let round = 0; round < rounds; round++) {
  found = 0
  for (const {actions, realms} of policies) if (actions.has('otppin') && realms[0] === 'realm500') found += 1
}
console.log(`bare loop over the same policies: ${((performance.now() - bare) / rounds).toFixed(3)} ms (${found})`)
