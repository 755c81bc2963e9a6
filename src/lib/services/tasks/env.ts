import type {Database} from '../../db/database.js'
import {utcText} from '../../db/dates.js'
import {EventCounterRepository, StatisticsRepository, TokenCountRepository} from '../../store/statistics.js'
import type {TaskEnv} from '../../tasks/contract.js'

/** What the modules work on. @param monitoring where the statistics are, often the main database */
export function taskEnv(db: Database, monitoring: Database, warn: (message: string) => void): TaskEnv {
  return {
    now: () => new Date(),
    tokens: new TokenCountRepository(db),
    counters: new EventCounterRepository(db),
    statistics: new StatisticsRepository(monitoring),
    async deleteMetrics(before) {
      if (!db.schema.hasTable('metric_aggregate')) return undefined
      return db.k('metric_aggregate').where('window_start', '<', utcText(before)).delete()
    },
    warn,
  }
}
