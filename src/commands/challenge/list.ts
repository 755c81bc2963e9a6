import {Flags} from '@oclif/core'
import {streamOutput} from '../../cli/flags/stream-output.js'
import {StreamCommand} from '../../cli/stream-rows.js'
import {challenges} from '../../lib/services/caches.js'

export default class ChallengeList extends StreamCommand<typeof ChallengeList> {
  static override summary = 'List challenges: questions to users that may still be open.'
  static override description = 'What was asked is not shown: it may be a secret.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --serial PISM0001', description: 'Those of one token'},
  ]
  static override flags = {
    ...streamOutput,
    serial: Flags.string({description: 'only this token', helpValue: 'SERIAL'}),
    'transaction-id': Flags.string({description: 'only this transaction', helpValue: 'ID'}),
  }

  async run(): Promise<void> {
    const {serial, 'transaction-id': transactionId} = this.flags
    await this.withApp(async (app) =>
      this.streamRows(challenges(await app.database(), {serial, transactionId}, new Date()), 'challenges', [
        {header: 'transactionId', get: (one) => one.transactionId},
        {header: 'serial', get: (one) => one.serial},
        {header: 'time', get: ({time}) => time},
        {header: 'validUntil', get: ({validUntil}) => validUntil},
        {header: 'expired', get: ({expired}) => expired},
        {header: 'answers', get: ({answers}) => answers, align: 'right'},
        {header: 'answered', get: ({answered}) => answered},
      ]),
    )
  }
}
