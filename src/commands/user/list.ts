import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {RowStream} from '../../cli/render/row-stream.js'
import {fieldsOf} from '../../cli/user-fields.js'
import type {UserRecord} from '../../lib/types/user.js'

export default class UserList extends AppCommand<typeof UserList> {
  static override summary = 'List users of the user stores.'
  static override description = `Asks the resolvers of a realm, one resolver, or all that are in a realm. Each gives as many users as it is set to, or --limit.
A user store that fails is named on stderr, and the status is then 7, or 6 when all of them failed.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --realm corp', description: 'One realm'},
    {
      command: '<%= config.bin %> <%= command.id %> --search "surname=M*" --attributes email,mobile',
      description: 'Some of them, with more columns',
    },
    {command: '<%= config.bin %> <%= command.id %> --resolver ldap1 --limit 100000 --json', description: 'For scripts'},
  ]
  static override flags = {
    attributes: Flags.string({
      default: ['givenname,surname,email'],
      description: 'attributes to show as columns',
      helpValue: 'KEYS',
      multiple: true,
      multipleNonGreedy: true,
    }),
    limit: Flags.integer({description: 'most users of each resolver', min: 1}),
    'output-format': Flags.option({
      options: ['table', 'csv', 'json', 'jsonl', 'yaml'] as const,
      default: 'table' as const,
      description: 'form of the list',
      env: 'PI_MANAGE_OUTPUT_FORMAT',
    })(),
    realm: Flags.string({description: 'resolvers of this realm', exclusive: ['resolver'], helpValue: 'REALM'}),
    resolver: Flags.string({description: 'only this resolver', helpValue: 'NAME'}),
    search: Flags.string({
      description: 'attribute and text, * stands for any text; all that are given must hold',
      helpValue: 'KEY=PATTERN',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  /** Writes the list itself, user by user; `{users: […]}` with --json. */
  async run(): Promise<void> {
    const {flags} = this
    const search = fieldsOf(flags.search ?? [])
    const attributes = flags.attributes.flatMap((text) => text.split(',')).filter((key) => key !== '')
    const stream = new RowStream<UserRecord>({
      format: this.jsonEnabled() ? 'json' : flags['output-format'],
      columns: [
        {header: 'login', get: ({login}) => login},
        {header: 'userId', get: ({userId}) => userId},
        {header: 'resolver', get: ({resolver}) => resolver},
        ...attributes.map((key) => ({header: key, get: ({info}: UserRecord) => info[key]})),
      ],
      key: 'users',
      toJson: (user) => user,
      fancy: process.stdout.isTTY,
      write: (text) => process.stdout.write(text),
    })
    let failures = 0
    await this.withApp(async (app) => {
      const users = (await app.users()).listUsers({
        realm: flags.realm,
        resolver: flags.resolver,
        search,
        limit: flags.limit,
        onFailure: (resolver, reason) => {
          failures += 1
          process.stderr.write(`Failed: ${resolver}: ${reason.message}\n`)
        },
      })
      for await (const user of users) stream.push([user])
    })
    stream.end()
    if (failures > 0) process.exitCode = stream.count > 0 ? exitCodes.PARTIAL : exitCodes.UNAVAILABLE
  }
}
