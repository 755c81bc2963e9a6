import {readFileSync} from 'node:fs'
import {fixture} from '../folders.js'
import type {SqlRow} from '../sqlite-file.js'

export type Json = string | number | boolean | null | Json[] | {[key: string]: Json}

/** A step of test/fixtures/interop/http/transcript.json; the README beside it explains the keys. */
export interface Step {
  id: string
  scenario: string
  what: string
  reset?: boolean
  clock: number
  clock_runs?: boolean
  sql?: string[]
  request: StepRequest
  response: {status: number; content_type: string; body?: Json; text?: string; volatile: string[]}
  sent?: SentItem[]
  db_after: DbAfter
  generated_serials?: string[]
  deviate?: string
}

export interface StepRequest {
  method: string
  path: Json
  headers: Record<string, string>
  query?: Record<string, Json>
  form?: Record<string, Json>
  json?: Json
  raw?: {body: string; content_type: string | null}
}

export type SentItem =
  | {kind: 'mail'; mail_from: string; rcpt_to: string[]; headers: Record<string, string>; body: string}
  | {kind: 'http'; method: string; path: string; form?: Record<string, string>; query?: Record<string, string>}

export interface ListChange {
  added?: SqlRow[]
  removed?: SqlRow[]
  changed?: SqlRow[]
}

export type TypedInfo = {value: string | null; type: string | null}

export interface DbAfter {
  /** Serial → changed columns; null for a deleted token. */
  token?: Record<string, Record<string, unknown> | null>
  /** Serial → key → new value. */
  tokeninfo?: Record<string, Record<string, string | TypedInfo | null>>
  audit?: SqlRow[]
  challenge?: ListChange
  tokenowner?: ListChange
  tokenrealm?: ListChange
  authcache?: ListChange
  machinetoken?: ListChange
  clientapplication?: ListChange
}

export interface Scenario {
  name: string
  steps: Step[]
}

/** The scenarios of the recording, in its order. */
export function readScenarios(): Scenario[] {
  const {steps} = JSON.parse(readFileSync(fixture('interop/http/transcript.json'), 'utf8')) as {steps: Step[]}
  const scenarios = new Map<string, Step[]>()
  for (const step of steps) {
    const known = scenarios.get(step.scenario)
    if (known) known.push(step)
    else scenarios.set(step.scenario, [step])
  }
  return [...scenarios].map(([name, list]) => ({name, steps: list}))
}
