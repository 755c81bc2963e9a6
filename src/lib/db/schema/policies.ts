import {boolean, id, integer, optional, table, varchar} from './table.js'

/** System configuration and policies in 3.8 (spec/01 §4.3). */
export const policyTables = [
  table(
    'config',
    varchar('Key', 255, {primaryKey: true}),
    optional('Value', 2000),
    optional('Type', 2000),
    optional('Description', 2000),
  ),
  table(
    'policy',
    id('policy_seq'),
    boolean('active', {default: true}),
    boolean('check_all_resolvers', {default: false}),
    varchar('name', 64, {notNull: true, unique: true}),
    varchar('scope', 32, {notNull: true}),
    optional('action', 2000),
    optional('realm', 256),
    optional('adminrealm', 256),
    optional('adminuser', 256),
    optional('resolver', 256),
    optional('pinode', 256),
    optional('user', 256),
    optional('client', 256),
    optional('time', 64),
    integer('priority', {notNull: true, default: 1}),
  ),
  table(
    'policycondition',
    id('policycondition_seq'),
    integer('policy_id', {notNull: true, references: 'policy.id'}),
    varchar('section', 255, {notNull: true}),
    varchar('Key', 255, {notNull: true}),
    varchar('comparator', 255, {notNull: true, default: 'equals'}),
    varchar('Value', 2000, {notNull: true, default: ''}),
    boolean('active', {notNull: true, default: true}),
  ),
]
