import type {App} from '../../../app.js'
import {PiError} from '../../../lib/errors.js'
import {janitorFiltersOf} from '../../flags/janitor-filters.js'
import {legacyFind} from './find.js'
import {BufferedOutput} from './output.js'

type Flags = Parameters<typeof janitorFiltersOf>[0] & Record<string, unknown>

/**
 * Runs `find` as 3.8 does, from the flags of our command.
 * @returns the exit status
 */
export async function runLegacyFind(app: App, flags: Flags, product: string | undefined): Promise<number> {
  const text = (name: string) => flags[name] as string | undefined
  const output = new BufferedOutput()
  try {
    return await legacyFind(
      app,
      {
        filters: janitorFiltersOf(flags),
        chunkSize: text('chunksize'),
        action: text('action'),
        csv: flags['csv'] === true,
        base32: flags['b32'] === true,
        sum: flags['sum'] === true,
        attributes: (text('attributes') ?? '').split(',').filter((name) => name !== ''),
        setDescription: text('set-description'),
        setInfoKey: text('set-tokeninfo-key'),
        setInfoValue: text('set-tokeninfo-value'),
        removeInfoKey: text('remove-tokeninfo-key'),
        tokenRealms: text('tokenrealms'),
        limit: flags['allow-mass'] as number | undefined,
        product: product === 'edumfa' ? 'edumfa' : 'privacyidea',
      },
      output,
    )
  } catch (error) {
    // The original ends every failure of its own with 1.
    if (!(error instanceof PiError) || error.code !== 'USAGE') throw error
    throw new PiError('REFUSED', error.message, {hints: error.hints, cause: error})
  } finally {
    output.flush()
  }
}
