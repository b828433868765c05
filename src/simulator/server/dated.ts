import http, { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';
import type { Timeline } from '../time.ts';

/** A class of answers whose Date is the timeline's time when the head is written. */
export function datedBy(timeline: Pick<Timeline, 'now'>): typeof http.ServerResponse<IncomingMessage> {
  return class extends http.ServerResponse<IncomingMessage> {
    // Node's own Date would be the machine's time.
    override sendDate = false;

    // Every head passes here, also those that Node writes by itself.
    override writeHead(
      code: number,
      first?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
      headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
    ): this {
      this.setHeader('date', new Date(timeline.now()).toUTCString());
      return typeof first === 'string' ? super.writeHead(code, first, headers) : super.writeHead(code, first);
    }
  };
}
