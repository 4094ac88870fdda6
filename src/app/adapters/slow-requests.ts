/** Joins the packet threads' slow lane to the router of requests. */
import type { SlowHandler } from '#dns/packet/slow-lane.ts';
import type { RequestRouter } from '#dns/transfer/request-router.ts';

export function routeSlowRequests(router: RequestRouter): SlowHandler {
  return async (request, replies) =>
    router.handle(request, async (message) => replies.send(message));
}
