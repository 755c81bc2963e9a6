import {
  UserRowsCommand,
  userRowsArgs,
  userRowsFlags,
  type UserRowsDocument,
} from '../../cli/janitor/user-rows-command.js'

export default class TokenJanitorInternalAttributes extends UserRowsCommand<typeof TokenJanitorInternalAttributes> {
  static override summary = 'List or delete attributes that the server keeps of users, where those are gone.'
  static override description =
    'A user is gone when his resolver is deleted, or when the user store answers and does not know him; a store that ' +
    'cannot be asked proves nothing (exit 6). Rows without user or resolver belong to nobody.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Who has left attributes behind'},
    {command: '<%= config.bin %> <%= command.id %> delete --yes', description: 'Delete them'},
  ]
  static override args = userRowsArgs
  static override flags = userRowsFlags

  run(): Promise<UserRowsDocument> {
    return this.cleanUp('internaluserattribute')
  }
}
