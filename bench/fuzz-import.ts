/**
 * Reads 100,000 damaged copies of the token files of the fixtures: no crash, no hang, nothing but clear refusals.
 *
 * node --import tsx bench/fuzz-import.ts [mutants] [seed]
 */
import {fuzzImporters} from '../test/support/fuzz-import.js'

const count = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const started = Date.now()
const {mutants, read, refused, slowestMs} = await fuzzImporters(count, seed)
console.log(
  `${String(mutants)} mutants (seed ${String(seed)}) in ${String(Math.round((Date.now() - started) / 1000))} s: ` +
    `${String(read)} read, refused ${JSON.stringify(refused)}, slowest ${String(Math.round(slowestMs))} ms`,
)
