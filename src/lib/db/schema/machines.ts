import {id, integer, optional, table, unique, varchar} from './table.js'

/** Machines and their tokens in 3.8 (spec/01 §4.5). */
export const machineTables = [
  table(
    'machineresolver',
    id('machineresolver_seq'),
    varchar('name', 255, {notNull: true, default: '', unique: true}),
    varchar('rtype', 255, {notNull: true, default: ''}),
  ),
  table(
    'machineresolverconfig',
    id('machineresolverconf_seq'),
    integer('resolver_id', {references: 'machineresolver.id'}),
    varchar('Key', 255, {notNull: true}),
    optional('Value', 2000),
    optional('Type', 2000),
    optional('Description', 2000),
    unique('mrcix_2', 'resolver_id', 'Key'),
  ),
  table(
    'machinetoken',
    id('machinetoken_seq'),
    integer('token_id', {references: 'token.id'}),
    integer('machineresolver_id'),
    varchar('machine_id', 255),
    varchar('application', 64),
  ),
  table(
    'machinetokenoptions',
    id('machtokenopt_seq'),
    integer('machinetoken_id', {references: 'machinetoken.id'}),
    varchar('mt_key', 64, {notNull: true}),
    varchar('mt_value', 64, {notNull: true}),
  ),
]
