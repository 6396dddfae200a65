// Runs the scenario as a Worker: the content host is the query of the URL.

import { scenario } from './media-scenario.js';

export default {
  async fetch({ url }) {
    const base = decodeURIComponent(new URL(url).search.slice(1));
    return globalThis.Response.json(await scenario(base, { allowHosts: ['127.0.0.1'] }));
  },
};
