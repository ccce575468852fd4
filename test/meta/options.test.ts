import { describe, expect, it } from 'vitest'
import { unclassified } from '../../lib/meta/errors.js'
import {
  decodeCreateOptions,
  decodeDeleteOptions,
  decodeGetOptions,
  decodeListOptions,
  decodePatchOptions,
  deleteOptionsFromBody,
  refuseInvalidOptions,
  setListOptionsDefaults,
  validateDeleteOptions,
  validateListOptions,
  validatePatchOptions,
  validateWriteOptions,
} from '../../lib/meta/options/index.js'
import { StatusError } from '../../lib/meta/status.js'

const query = (text: string) => new URLSearchParams(text)

function refusal(run: () => unknown): StatusError {
  try {
    run()
  } catch (err) {
    if (err instanceof StatusError) return err
    throw err
  }
  throw new Error('nothing was refused')
}

describe('a query for a list', () => {
  it('without parameters asks for everything, most recent', () => {
    const options = decodeListOptions(query(''))
    expect(options).toMatchObject({
      watch: false,
      allowWatchBookmarks: false,
      resourceVersion: '',
      resourceVersionMatch: '',
      limit: 0,
      continue: '',
    })
    expect(options.labelSelector.empty() && options.fieldSelector.empty()).toBe(true)
    expect('sendInitialEvents' in options || 'timeoutSeconds' in options).toBe(false)
  })

  it('counts the first value of each parameter', () => {
    const options = decodeListOptions(
      query('limit=5&limit=abc&labelSelector=a%3Db&labelSelector=%3D&resourceVersion=0'),
    )
    expect(options.limit).toBe(5)
    expect(String(options.labelSelector)).toBe('a=b')
  })

  it.each([
    ['watch=true', true],
    ['watch', true],
    ['watch=', true],
    ['watch=yes', true],
    ['watch=0', false],
    ['watch=False', false],
    ['watch=f', true],
    ['', false],
  ])('reads the flag %j as %s', (text, watch) => expect(decodeListOptions(query(text)).watch).toBe(watch))

  it('tells false from not given', () => {
    expect(decodeListOptions(query('sendInitialEvents=false')).sendInitialEvents).toBe(false)
  })

  it.each([
    ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['timeoutSeconds=99999999999999999999', 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    ['labelSelector=%3D&limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['labelSelector=%3D&fieldSelector=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['fieldSelector=metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ])('with %s is a bad request', (text, message) => {
    const err = refusal(() => decodeListOptions(query(text)))
    expect(err.status).toMatchObject({ code: 400, reason: 'BadRequest', message })
    expect(err.status.details).toBeUndefined()
  })

  it('takes a limit that no number holds exactly', () => {
    expect(decodeListOptions(query('limit=9223372036854775807')).limit).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('the options of a list', () => {
  it.each([
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'resourceVersionMatch=Exact',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'resourceVersion=5&resourceVersionMatch=Newest',
      'resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      'resourceVersionMatch=exact',
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Unsupported value: "exact": supported values: "Exact", "NotOlderThan", ""]',
    ],
    [
      'resourceVersion=5&resourceVersionMatch=Exact&continue=x',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
    ['sendInitialEvents=false', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    [
      'watch=1&sendInitialEvents=true',
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ],
    [
      'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=5',
      '[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ],
    [
      'watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=5',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
    [
      'watch=1&resourceVersionMatch=Exact&resourceVersion=5',
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ],
    [
      'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=abc',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
  ])('%s are refused', (text, message) => {
    const options = setListOptionsDefaults(decodeListOptions(query(text)))
    const { status } = refusal(() => refuseInvalidOptions('ListOptions', validateListOptions(options)))
    expect(status).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: `ListOptions.meta.k8s.io "" is invalid: ${message}`,
    })
    expect(status.details).toMatchObject({ group: 'meta.k8s.io', kind: 'ListOptions' })
  })

  it.each([
    '',
    'resourceVersion=0',
    'resourceVersion=5&resourceVersionMatch=Exact',
    'watch=1',
    'watch=1&resourceVersion=5',
    'allowWatchBookmarks=true',
  ])('%j are accepted', (text) =>
    expect(validateListOptions(setListOptionsDefaults(decodeListOptions(query(text))))).toEqual([]),
  )

  it('let a watch without a beginning start with the current state', () => {
    const defaulted = (text: string) => setListOptionsDefaults(decodeListOptions(query(text)))
    expect(defaulted('watch=1')).toMatchObject({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' })
    expect(defaulted('watch=1&resourceVersion=0').sendInitialEvents).toBe(true)
    expect(defaulted('watch=1&resourceVersion=5').sendInitialEvents).toBeUndefined()
    expect(defaulted('watch=1&sendInitialEvents=false').resourceVersionMatch).toBe('')
    expect(defaulted('').sendInitialEvents).toBeUndefined()
  })
})

describe('the options of get', () => {
  it('refuse an export, which is gone', () => {
    expect(decodeGetOptions(query('export=false&resourceVersion=7'))).toEqual({ resourceVersion: '7' })
    expect(refusal(() => decodeGetOptions(query('export'))).message).toBe(
      'the export parameter, deprecated since v1.14, is no longer supported',
    )
  })
})

describe('the options of a write', () => {
  it.each([
    [`fieldManager=${'m'.repeat(129)}`, 'fieldManager: Too long: may not be more than 128 bytes'],
    ['fieldManager=a%07b', 'fieldManager: Invalid value: "a\\ab": invalid character U+0007 (at position 1)'],
    [
      'fieldValidation=strict',
      'fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      `fieldManager=${'m'.repeat(128)}%01`,
      `[fieldManager: Too long: may not be more than 128 bytes, fieldManager: Invalid value: "${'m'.repeat(128)}\\x01": invalid character U+0001 (at position 128)]`,
    ],
    [`fieldManager=${'%01'.repeat(5000)}`, 'fieldManager: Too long: may not be more than 128 bytes'],
    ['dryRun=Perhaps', 'dryRun: Unsupported value: []string{"Perhaps"}: supported values: "All"'],
    ['dryRun=All&dryRun=', 'dryRun: Unsupported value: []string{"All", ""}: supported values: "All"'],
  ])('%s are refused', (text, message) => {
    const errors = validateWriteOptions(decodeCreateOptions(query(text)))
    const { status } = refusal(() => refuseInvalidOptions('CreateOptions', errors))
    expect(status.message).toBe(`CreateOptions.meta.k8s.io "" is invalid: ${message}`)
  })

  it(`accept a manager of 128 bytes, a dry run, and options of other verbs`, () => {
    const options = decodeCreateOptions(query(`fieldManager=${'m'.repeat(128)}&dryRun=All&force=true&limit=abc`))
    expect(validateWriteOptions(options)).toEqual([])
    expect(options.dryRun).toEqual(['All'])
  })

  it('of a patch: apply needs a manager, and apply alone may force', () => {
    const errors = (text: string, apply: boolean) => validatePatchOptions(decodePatchOptions(query(text)), apply)
    expect(refusal(() => refuseInvalidOptions('PatchOptions', errors('fieldValidation=Perhaps', true))).message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: [fieldManager: Required value: is required for apply patch, fieldValidation: Unsupported value: "Perhaps": supported values: "", "Ignore", "Strict", "Warn"]',
    )
    expect(refusal(() => refuseInvalidOptions('PatchOptions', errors('force=false', false))).message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    )
    expect(errors('force=true&fieldManager=m', true)).toEqual([])
  })
})

describe('the options of delete', () => {
  it('come from the query', () => {
    expect(
      decodeDeleteOptions(query('gracePeriodSeconds=5&orphanDependents=false&uid=u&resourceVersion=7&dryRun=All')),
    ).toEqual({
      gracePeriodSeconds: 5,
      orphanDependents: false,
      preconditions: { uid: 'u', resourceVersion: '7' },
      dryRun: ['All'],
    })
    expect(decodeDeleteOptions(query(''))).toEqual({ dryRun: [] })
    expect(refusal(() => decodeDeleteOptions(query('gracePeriodSeconds=soon'))).code).toBe(400)
  })

  it('come from a body of any version of any group, with unknown fields ignored', () => {
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'wardle.example.com/v1alpha1',
      gracePeriodSeconds: 0,
      preconditions: { uid: 'u' },
      propagationPolicy: 'Background',
      dryRun: ['All'],
      orphanDependents: null,
      nope: 1,
    }
    expect(deleteOptionsFromBody(body)).toEqual({
      gracePeriodSeconds: 0,
      preconditions: { uid: 'u' },
      propagationPolicy: 'Background',
      dryRun: ['All'],
    })
    expect(deleteOptionsFromBody({})).toEqual({ dryRun: [] })
    expect(deleteOptionsFromBody(null)).toEqual({ dryRun: [] })
    for (const apiVersion of ['v1', 'meta.k8s.io/v1', 'apps/v1beta2', 'v7'])
      expect(deleteOptionsFromBody({ kind: 'DeleteOptions', apiVersion })).toEqual({ dryRun: [] })
  })

  it.each([
    [[], 'json: cannot unmarshal array into Go value of type v1.DeleteOptions'],
    ['x', 'json: cannot unmarshal string into Go value of type v1.DeleteOptions'],
    [{ kind: 'Flunder', apiVersion: 'v1' }, 'decoded object cannot be converted to DeleteOptions'],
    [{ apiVersion: 'a/b/c' }, 'unexpected GroupVersion string: a/b/c'],
    [
      { ignoreStoreReadErrorWithClusterBreakingPotential: 'x' },
      'json: cannot unmarshal string into Go struct field DeleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential of type bool',
    ],
    [
      { gracePeriodSeconds: '5' },
      'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [
      { gracePeriodSeconds: 1.5 },
      'json: cannot unmarshal number 1.5 into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [
      { orphanDependents: 'x' },
      'json: cannot unmarshal string into Go struct field DeleteOptions.orphanDependents of type bool',
    ],
    [{ dryRun: [1] }, 'json: cannot unmarshal number into Go struct field DeleteOptions.dryRun of type string'],
    [
      { preconditions: { uid: {} } },
      'json: cannot unmarshal object into Go struct field Preconditions.uid of type string',
    ],
  ])('from the body %j are refused with 500 and no reason', (body, message) => {
    expect(() => deleteOptionsFromBody(body)).toThrow(unclassified(message))
  })

  it('refuse a policy that is unknown or told twice', () => {
    const errors = validateDeleteOptions({ propagationPolicy: 'Perhaps', orphanDependents: true, dryRun: [] })
    expect(refusal(() => refuseInvalidOptions('DeleteOptions', errors)).message).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: [propagationPolicy: Invalid value: "Perhaps": orphanDependents and deletionPropagation cannot be both set, propagationPolicy: Unsupported value: "Perhaps": supported values: "Foreground", "Background", "Orphan", "nil"]',
    )
    expect(validateDeleteOptions({ propagationPolicy: 'Orphan', dryRun: ['All'] })).toEqual([])
  })
})
