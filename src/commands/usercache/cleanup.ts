import {SweepCommand, sweepFlags, type SweepDocument} from '../../cli/sweep-command.js'
import {expiredUsers} from '../../lib/services/caches.js'

export default class UsercacheCleanup extends SweepCommand<typeof UsercacheCleanup> {
  static override summary = 'Delete entries of the user cache whose time is over.'
  static override description =
    'The time is the setting UserCacheExpiration, in seconds; where it is not set the cache is off and nothing is done.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Delete expired entries'},
    {command: '<%= config.bin %> <%= command.id %> --dry-run', description: 'Only count them'},
  ]
  static override flags = sweepFlags

  async run(): Promise<SweepDocument> {
    const expired = this.shim ? await this.#printExpired() : []
    const result = await this.sweep('usercache')
    if (this.shim && result.skipped !== 'off' && !this.flags['dry-run'])
      for (const id of expired) this.log(`Deleting entry with id=${id} ...`)
    if (result.skipped === 'off') this.log('User cache is disabled, not doing anything.')
    else if (this.flags['dry-run'])
      this.log(`${this.shim ? '' : `${result.rows} entries\n`}'--noaction' was passed, not doing anything.`)
    else this.log(`Deleted ${result.rows} expired entries.`)
    return this.document(result)
  }

  /** The list that 3.8 printed first (spec/03-cli.md §C). @returns ids of the entries */
  async #printExpired(): Promise<number[]> {
    return this.withApp(async (app) => {
      const ids: number[] = []
      const line = (cells: readonly (number | string)[]) =>
        cells.map((cell, at) => String(cell).padEnd([5, 10, 10, 30, 10][at]!)).join(' ')
      const pages = await expiredUsers(await app.database(), new Date())
      if (!pages) return ids
      this.log(line(['id', 'username', 'resolver', 'timestamp', 'user id']))
      for await (const page of pages)
        for (const {id, resolver, storedTime, userId, username} of page) {
          ids.push(id)
          this.log(line([id, username, resolver, storedTime, userId]))
        }
      this.log(`${ids.length} entries`)
      return ids
    })
  }
}
