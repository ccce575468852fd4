import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { createUserService } from '../../examples/user-service/users.js'
import { Served } from './served.js'

const CHROMIUM = '/usr/bin/chromium'
const missing = !existsSync(CHROMIUM) && process.env.CI === undefined
if (missing) console.warn(`skipped: the documentation page is tried in Chromium, and ${CHROMIUM} is not there`)

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

test.skipIf(missing)(
  'in Chromium the page lists the operations, and "Try it out" calls one and shows the answer',
  async () => {
    const served = await Served.by(createUserService())
    const args = ['--no-sandbox', '--headless', '--disable-dev-shm-usage']
    const browser = await chromium.launch({ executablePath: CHROMIUM, args })
    closing.push(() => browser.close())
    const page = await browser.newPage()
    page.setDefaultTimeout(15_000)
    const foreign: string[] = []
    const complaints: string[] = []
    const origin = `http://127.0.0.1:${served.port}`
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:')) foreign.push(request.url())
    })
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))

    await page.goto(`${origin}/apidocs`)
    const operations = page.locator('.opblock-summary-path')
    await operations.first().waitFor()
    const listed = await page
      .locator('.opblock-summary')
      .evaluateAll((blocks) =>
        blocks.map((each) =>
          [
            each.querySelector('.opblock-summary-method')?.textContent,
            each.querySelector('.opblock-summary-path')?.getAttribute('data-path'),
          ].join(' '),
        ),
      )
    expect(listed).toEqual(['GET /users', 'POST /users', 'GET /users/{id}', 'PUT /users/{id}', 'DELETE /users/{id}'])

    const read = page.locator('.opblock-get', { has: page.locator('[data-path="/users/{id}"]') })
    await read.locator('.opblock-summary-control').click()
    await read.getByRole('button', { name: 'Try it out' }).click()
    await read.locator('input[placeholder="id"]').fill('1')
    await read.getByRole('button', { name: 'Execute' }).click()
    const answer = read
      .locator('.live-responses-table .response .highlight-code, .live-responses-table .microlight')
      .first()
    await answer.waitFor()
    expect(await answer.textContent()).toContain('"name": "Ada"')
    expect(await read.locator('.request-url').textContent()).toContain(`${origin}/users/1`)
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  },
  60_000,
)
