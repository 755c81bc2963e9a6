import type {FindingKind} from '../../db/check.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Outcome} from '../contract.js'

/** The schema, compared with that of its release. */
export const schemaChecks: readonly DoctorCheck[] = [
  {
    id: 'schema-revision',
    title: 'the schema is that of one release, and stamped',
    severity: 'error',
    mend: "The server's own migration tool; pi-manage db stamp for a schema without stamp",
    async run({database, schemaCheck, warnings}) {
      const [{schema}, {findings}] = await Promise.all([database(), schemaCheck()])
      const unstamped = findings.filter(({kind}) => kind === 'no-revision').map(({message}) => ({message}))
      const between = warnings
        .filter((text) => /^The database stands between|branches/.test(text))
        .map((message) => ({message}))
      return outcome(`${schema.product} ${schema.version}, revision ${schema.revision ?? 'none'}`, [
        ...unstamped,
        ...uniqueFaults(between),
      ])
    },
  },
  {
    id: 'schema-tables',
    title: 'every table is there, and its rows get ids',
    severity: 'error',
    mend: 'pi-manage db check prints the statements that mend it',
    owns: 'schemaCheck',
    run: (env) => differences(env, ['missing-table', 'uncounted-key']),
  },
  {
    id: 'schema-columns',
    title: 'every column is there, and long enough',
    severity: 'error',
    mend: 'pi-manage db check prints the statements that mend it',
    run: (env) => differences(env, ['missing-column', 'short-column']),
  },
  {
    id: 'schema-indexes',
    title: 'every index is there',
    severity: 'warning',
    mend: 'pi-manage db check prints the statements that mend it',
    run: (env) => differences(env, ['missing-index']),
  },
  {
    id: 'sequences',
    title: 'the sequences are ahead of the ids in use',
    severity: 'error',
    mend: 'pi-manage db check prints the statements that mend it',
    run: (env) => differences(env, ['missing-sequence', 'lagging-sequence']),
  },
]

async function differences({schemaCheck}: DoctorEnv, kinds: readonly FindingKind[]): Promise<Outcome> {
  const {findings, product, version} = await schemaCheck()
  return outcome(
    `as in ${product} ${version}`,
    findings.filter(({kind}) => kinds.includes(kind)).map(({message}) => ({message})),
  )
}

function uniqueFaults<F extends {message: string}>(faults: readonly F[]): F[] {
  return faults.filter(({message}, at) => faults.findIndex((other) => other.message === message) === at)
}
