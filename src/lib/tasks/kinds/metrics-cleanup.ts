import {PiError} from '../../errors.js'
import type {TaskKind} from '../contract.js'

/** Deletes performance figures of 3.14 (spec/11 §B4). */
export const metricsCleanup: TaskKind = {
  module: 'MetricsCleanup',
  summary: 'deletes old performance figures (3.14)',
  options: [{key: 'older_than_hours', type: 'integer', summary: 'age in hours, 24 unless said'}],
  async run(options, {deleteMetrics, now}) {
    const text = options['older_than_hours'] || '24'
    const hours = /^\d{1,6}$/.test(text) ? Number(text) : 0
    if (hours < 1) throw new PiError('INVALID_INPUT', 'older_than_hours must be a number of hours, at least 1.')
    const deleted = await deleteMetrics(new Date(now().getTime() - hours * 3_600_000))
    if (deleted === undefined) throw new PiError('REFUSED', 'This release has no table metric_aggregate.')
    return true
  },
}
