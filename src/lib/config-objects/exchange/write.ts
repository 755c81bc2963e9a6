import {pythonPretty} from '../../python/pretty.js'
import {pythonRepr, PythonTuple, type PythonValue} from '../../python/repr.js'
import {pythonYaml, type YamlValue} from '../../python/yaml.js'
import type {ExportData} from './read.js'

/** `python`: one line; `pretty`: Python over many lines, as the commands for one type write it. */
export type ExportFormat = 'json' | 'yaml' | 'python' | 'pretty'

/** Writes an export as the originals do (spec/04 §7.1), without a final newline for `pretty`. */
export function writeExport(data: ExportData, format: ExportFormat): string {
  if (format === 'python') return `${pythonRepr(withTuples(data))}\n`
  if (format === 'pretty') return pythonPretty(withTuples(data))
  if (format === 'json') return `${asciiJson(data)}\n`
  return pythonYaml(data as YamlValue)
}

/** JSON with an indent of two and everything beyond ASCII escaped. */
function asciiJson(data: unknown): string {
  return JSON.stringify(data, undefined, 2).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Conditions of policies are tuples in Python. */
function withTuples(data: ExportData): PythonValue {
  const policies = data['policy']
  if (!Array.isArray(policies)) return data as PythonValue
  return {
    ...(data as {[key: string]: PythonValue}),
    policy: policies.map((element: {conditions?: PythonValue[][]}) => ({
      ...element,
      conditions: element.conditions?.map((condition) => new PythonTuple(condition)) ?? [],
    })) as PythonValue,
  }
}
