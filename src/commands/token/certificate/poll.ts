import {Args} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {PiError} from '../../../lib/errors.js'

interface Polled {
  serial: string
  state: 'denied' | 'enrolled' | 'failed' | 'pending'
  message?: string
}

export default class TokenCertificatePoll extends AppCommand<typeof TokenCertificatePoll> {
  static override summary = 'Ask the CAs what became of pending certificate tokens.'
  static override description =
    'The server asks with every reading of such a token; here it is done on demand only, for all or for some.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'All, for a crontab'},
    {command: '<%= config.bin %> <%= command.id %> CRT0001A2B3', description: 'One'},
  ]
  static override args = {
    serial: Args.string({description: 'serials of the tokens', ignoreStdin: true, multiple: true}),
  }

  async run(): Promise<{tokens: Polled[]}> {
    const tokens = await this.withApp(async (app) => {
      const service = await app.certificateTokens()
      const given = this.args.serial ?? []
      const polled: Polled[] = []
      for (const serial of given.length > 0 ? given : await service.pending()) {
        try {
          polled.push(await service.poll(serial))
        } catch (error) {
          if (!(error instanceof PiError) || given.length === 1) throw error
          polled.push({serial, state: 'failed', message: error.message})
        }
      }
      for (const {serial, state} of polled) {
        if (state === 'enrolled' || state === 'denied') {
          await app.audit({action: 'CLI token certificate poll', info: state, serial})
        }
      }
      return polled
    })
    await this.showRows(tokens, [
      {header: 'serial', get: ({serial}) => serial},
      {header: 'state', get: ({state}) => state},
      {header: 'message', get: ({message}) => message},
    ])
    const failed = tokens.filter(({state}) => state === 'failed')
    if (failed.length === 0) return {tokens}
    throw new PiError('PARTIAL', `${failed.length} of ${tokens.length} tokens could not be asked for.`, {
      hints: failed.map(({message, serial}) => `${serial}: ${message}`),
    })
  }
}
