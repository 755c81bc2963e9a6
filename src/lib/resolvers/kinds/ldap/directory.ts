import {
  NoSuchObjectError,
  ResultCodeError,
  SizeLimitExceededError,
  type Client,
  type Entry,
  type Filter,
  type SearchOptions,
} from 'ldapts'
import {PiError} from '../../../errors.js'
import {resultText} from './client.js'
import {isBinary} from './ids.js'
import {ServerPool} from './pool.js'
import type {LdapConfig} from './settings.js'

/** What is searched for. */
export interface Question {
  base: string
  scope: LdapConfig['scope']
  filter: Filter
  attributes: readonly string[]
}

/** What a search gave: entries, or the news that its base does not exist. */
export type Found = {entries: readonly Entry[]; referrals: boolean} | 'no-base'

/** Searches in a directory. Every answer but success and "no such object" is a failure (spec/10 §4.2). */
export class Searches {
  readonly pool: ServerPool

  constructor(config: LdapConfig, pauseSeconds: number) {
    this.pool = new ServerPool(config, pauseSeconds)
  }

  /** At most two entries: one is the answer, two are a mistake. @throws PiError UNAVAILABLE */
  async few({base, ...question}: Question): Promise<Found> {
    try {
      const {searchEntries, searchReferences} = await this.pool.ask((client) =>
        client.search(base, {...optionsOf(question), sizeLimit: 2}),
      )
      return {entries: searchEntries, referrals: searchReferences.length > 0}
    } catch (error) {
      if (error instanceof NoSuchObjectError) return 'no-base'
      throw searchFailure(error)
    }
  }

  /**
   * All entries in pages; they end early, without a failure, where the server gives no more.
   * @throws PiError UNAVAILABLE
   */
  async *pages({base, ...question}: Question, pageSize: number): AsyncIterable<readonly Entry[]> {
    try {
      yield* this.pool.pages((client) => entryPages(client, base, {...optionsOf(question), paged: {pageSize}}))
    } catch (error) {
      if (error instanceof NoSuchObjectError || error instanceof SizeLimitExceededError) return
      throw searchFailure(error)
    }
  }
}

async function* entryPages(client: Client, base: string, options: SearchOptions): AsyncIterable<readonly Entry[]> {
  for await (const {searchEntries} of client.searchPaginated(base, options)) yield searchEntries
}

function optionsOf({scope, filter, attributes}: Omit<Question, 'base'>): SearchOptions {
  return {
    scope,
    filter,
    attributes: [...attributes],
    explicitBufferAttributes: attributes.filter(isBinary),
    // Seconds; the time to wait for an answer is the limit.
    timeLimit: 0,
  }
}

/** A failure as the rest of the program knows it. */
export function searchFailure(error: unknown): unknown {
  if (!(error instanceof ResultCodeError)) return error
  return new PiError('UNAVAILABLE', `The directory answers with an error: ${resultText(error)}.`, {cause: error})
}
