import {PiError} from '../../errors.js'
import {isOn, type TaskKind} from '../contract.js'

/** Copies an event counter into the statistics (spec/11 §B4). */
export const eventCounter: TaskKind = {
  module: 'EventCounter',
  summary: 'copies a counter of the event handlers into the statistics',
  options: [
    {key: 'event_counter', type: 'text', required: true, summary: 'name of the counter'},
    {key: 'stats_key', type: 'text', required: true, summary: 'name of the statistic'},
    {key: 'reset_event_counter', type: 'flag', summary: 'begin again at zero'},
  ],
  async run(options, {counters, now, statistics, warn}) {
    const {event_counter: name, stats_key: key} = options
    if (!name || !key) throw new PiError('INVALID_INPUT', 'The options event_counter and stats_key are needed.')
    const values = await counters.values(name)
    if (values.length === 0) {
      warn(`There is no event counter '${name}'.`)
      return true
    }
    const sum = values.reduce((total, {value}) => total + value, 0)
    if (isOn(options['reset_event_counter']) && sum !== 0) await counters.subtract(name, values)
    await statistics.write(key, sum, now())
    return true
  },
}
