// types.js — what the modules of a panel hand to one another. Types only; nothing here runs.

/** @typedef {{x: number, y: number}} Point */

/** A station of the scenario, as `Scenario.describe()` gives it.
 * @typedef {{name: string, label: string, kind: 'servers'|'edge'|'cache'|'store'|'database', servers: number,
 *   max_servers: number, workers: number, queue_limit: number, first?: number, mark: string, calls: string[], discipline: string}} Station */

/** @typedef {{name: string, label: string, kind: 'range'|'choice'|'switch'|'fault', unit: string, display_unit: string,
 *   scale: number, minimum: number, maximum: number, step: number, whole?: boolean, choices: [string, string][],
 *   default: any, per_server: boolean, station?: string|null}} Control */

/** A fault; `reach` says what one is done to: a server, a zone, a whole station, the clients.
 * @typedef {{name: string, label: string, target: string|null, reach?: 'server'|'zone'|'station'|'clients'}} Fault */
/** @typedef {{name: string, label: string, unit: string, scale: number, digits: number, none: string}} Readout none: when one that has no value will have one */
/** @typedef {{title: string, text_html: string, set: Record<string, any>, show: string[], chart?: 'queues'|'shares'|'histogram'|null,
 *   speed?: number|null}} Step */
/** @typedef {{kind: 'number'|'choice'|'curve', question_html: string, measure: string, label: string, unit: string, scale: number,
 *   maximum: number, known: number|null, from: number, span: number, choices: string[], timeline: [number, string, any][],
 *   right?: number|null, outcome_html?: string, counted?: number|null, over?: number,
 *   committed?: {said: string, value?: number, points?: [number, number][], sure: string, shown: number|null}}} Predict */

/** @typedef {{name: string, title: string, seed: number, speed: number, clients: number, stations: Station[],
 *   controls: Control[], faults: Fault[], readouts: Readout[], charts: string[], opening?: any[], preset?: Record<string, any>,
 *   steps?: Step[], predict?: Predict|null, claimed?: {span: number}}} Scenario */

/** @typedef {'up'|'slow'|'down'|'boot'|'hung'|'drain'} State */
/** A server as it stands at the end of a segment.
 * @typedef {{state: State, in_rotation: boolean, workers: number, weight: number, in_flight: number,
 *   failing: boolean, utilisation: number, worst: number|null, boots?: [number, number], present?: boolean, primary?: boolean, hit_ratio?: number|null}} ServerState */

/** One stretch of a run (see simulator/segment.py); times in seconds.
 * @typedef {{type: 'segment', reply: string, id?: number, seed?: number, timeline?: any[], link?: string, opening?: boolean,
 *   from: number, until: number, sample: number, standing: any[][], events: any[][], at: number[],
 *   servers: {queue_length: number[][], busy: number[][], shared_queue: number[], share: number[]}, states: ServerState[],
 *   series: Record<string, (number|null)[]>, readouts: Record<string, number|null>, theory: Record<string, any>,
 *   totals: {arrivals: number, answered: number, dropped: number, errors: Record<string, number>},
 *   histogram?: [number, number][], settings: Record<string, any>, notices: [number, string, number?, string?, number?][],
 *   cut?: boolean}} Segment a cut one was told further than it was played: a change came between */

/** One instant of the series, `t` in ms of simulated time.
 * @typedef {{t: number, queues: number[], busy: number[], shared: number} & Record<string, any>} Row */

/** A request at one server; times in ms of simulated time.
 * @typedef {{id: number, client: number, server: number, joined: number, slot: number, tStart: number, tEnd: number}} Visit */

/** A server as it is drawn at one instant.
 * @typedef {{i: number, station: number, n: number, name: string, state: State, trusted: boolean,
 *   failing: boolean, primary: boolean, slots: (Visit|null)[], queue: Visit[], inflight: number, util: number, recent: {t: number, ms: number}[],
 *   boots: [number, number], weight: number, workers: number, limit: number, share: number, worst: number|null, hit: number|null}} Server */

/** How a request was lost, and where one sees it.
 * @typedef {{server: number, how: How, where: 'door'|'queue'|'worker'}} Loss */
/** @typedef {'failed'|'refused'|'full'|'timeout'|'kept'} How */

/** Where a server's instrument stands. Lengths in CSS pixels; a part of width 0 is not drawn. `dense`: all on one line; `sub`: its
 * column inside the group; `lane`: the height at which a wire passes below it.
 * @typedef {{i: number, group: number, x: number, right: number, y: number, top: number, h: number, bar: number, qx: number,
 *   qw: number, wx: number, ww: number, ux: number, uw: number, rx: number, rw: number, dense: boolean, sub: number, lane: number}} Place */

/** A station on the stage. `box`: a balancer stands before it; `hub`: where its requests come in; `from`: the groups that ask it, -1 for
 * the clients; `hits`: it keeps answers; `cross`: the height at which the way to it turns, where all is stacked; `head`: where its name stands, none where its server bears it.
 * @typedef {{station: number, label: string, main: boolean, x: number, right: number, head: Point|null, rows: Place[], ports: Point[], hub: Point,
 *   from: number[], hits: boolean, cross: number, box: {x: number, y: number, w: number, h: number}|null}} Group */

/** @typedef {{kind: 'across'|'stacked', W: number, H: number, pad: number, top: number, foot: number, wide: boolean, medium: boolean,
 *   clients: Point[], groups: Group[], places: Map<number, Place>, tray: {x: number, y: number, w: number}}} Layout */

export {};
