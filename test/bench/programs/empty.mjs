// The floor of a service's memory: a Node that does nothing.
setInterval(() => undefined, 60_000);
