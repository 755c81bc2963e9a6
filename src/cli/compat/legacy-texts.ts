import {pythonRepr, type PythonValue} from '../../lib/python/repr.js'

interface Answer {
  result: {value?: unknown; error?: {message: string}}
  detail?: Record<string, unknown> | null
}

/** The order in which the original's dictionary got its keys; others follow. */
const accepted = ['type', 'serial', 'otplen', 'message']
const refused = ['message', 'serial', 'type', 'otplen']

/** What `pi-manage validate` printed (spec/03-cli.md §A.1). */
export function validateLines({detail, result}: Answer): string[] {
  if (result.error) return ['RESULT=Error', `ERROR=${result.error.message}`]
  const details = Object.entries(detail ?? {}).filter(([key]) => key !== 'threadid')
  const order = result.value === true ? accepted : refused
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length)
  const sorted = new Map(details.sort(([a], [b]) => rank(a) - rank(b)) as [string, PythonValue][])
  return [`RESULT=${pythonRepr(result.value === true)}`, `DETAILS=${pythonRepr(sorted)}`]
}
