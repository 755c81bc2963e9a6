import {readFileSync} from 'node:fs'
import {fixture} from '../folders.js'
import type {SqlRow} from '../sqlite-file.js'

export interface RecordedStep {
  command: string[]
  exit_status: number
  stdout: string
  stderr?: string
}

export interface RecordedChanges {
  added?: SqlRow[]
  removed?: SqlRow[]
  changed?: {key: unknown[]; columns: Record<string, [unknown, unknown]>}[]
}

/** Command lines of 3.8 with what they printed and the rows they changed on a fresh copy of the installation. */
export interface RecordedAction {
  name: string
  steps: RecordedStep[]
  row_differences: Record<string, RecordedChanges>
  /** Content of files in the working directory. */
  files?: Record<string, string>
}

/** The writing commands of actions.json and the reading ones of exports/commands.json. */
export function recordedActions(): RecordedAction[] {
  const folder = fixture('interop/privacyidea-3.8')
  const actions = JSON.parse(readFileSync(`${folder}/actions/actions.json`, 'utf8')) as RecordedAction[]
  const readings = JSON.parse(readFileSync(`${folder}/exports/commands.json`, 'utf8')) as (Omit<
    RecordedStep,
    'stdout'
  > & {
    file: string
  })[]
  return [
    ...actions,
    ...readings.map(({file, ...step}) => ({
      name: `reading: ${file}`,
      steps: [{...step, stdout: readFileSync(`${folder}/exports/${file}`, 'utf8')}],
      row_differences: {},
    })),
  ]
}
