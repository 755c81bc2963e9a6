import inquirer from 'inquirer'
import {PiError} from '../lib/errors.js'

/** Prompts go to stderr, so that stdout carries results only. */
const terminal = {output: process.stderr}

/**
 * Asks for a password without showing it; `twice` asks for it again.
 * @throws PiError USAGE without a terminal, REFUSED when the two differ
 */
export async function askPassword(what: string, {twice = false} = {}): Promise<string> {
  requireTerminal(what)
  const ask = inquirer.createPromptModule(terminal)
  const {password} = await ask<{password: string}>([{mask: false, message: what, name: 'password', type: 'password'}])
  if (twice) {
    const {again} = await ask<{again: string}>([
      {mask: false, message: `${what} (again)`, name: 'again', type: 'password'},
    ])
    if (again !== password) throw new PiError('REFUSED', 'The two passwords differ.')
  }
  return password
}

/** Asks a yes/no question; the default is no. */
export async function askConfirmation(question: string): Promise<boolean> {
  requireTerminal(question)
  const ask = inquirer.createPromptModule(terminal)
  const {answer} = await ask<{answer: boolean}>([{default: false, message: question, name: 'answer', type: 'confirm'}])
  return answer
}

/** Asks for a line of text. */
export async function askText(question: string): Promise<string> {
  requireTerminal(question)
  const ask = inquirer.createPromptModule(terminal)
  const {answer} = await ask<{answer: string}>([{message: question, name: 'answer', type: 'input'}])
  return answer.trim()
}

function requireTerminal(what: string): void {
  if (process.stdin.isTTY) return
  throw new PiError('USAGE', `${what}: there is no terminal to ask on.`, {
    hints: ['Give it in a file, e.g. --password-file FILE'],
  })
}
