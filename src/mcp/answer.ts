/** MCP: results and failures of tools as the protocol carries them. */

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';

/** The same twice, as the protocol asks: as text for clients that know no structure. */
function answer(result: object): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result as Record<string, unknown> };
}

/** A failure that a caller can cause is an answer of the tool, with its code. Of what is not theirs to know (a bug) only that it happened; the log has the whole. */
export async function answerOr({ reporter }: Pick<App, 'reporter'>, tool: string, work: () => Promise<object>): Promise<CallToolResult> {
  try {
    return answer(await work());
  } catch (error) {
    reporter.log('WARN', `${tool}: ${error instanceof Error ? error.message : String(error)}`, { operation: tool });
    const text = error instanceof ChantalError
      ? [`${error.code}: ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])].join('\n')
      : 'the tool failed; the log tells why';
    return { content: [{ type: 'text', text }], isError: true };
  }
}
