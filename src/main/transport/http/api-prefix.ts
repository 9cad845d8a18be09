/** Where the operations stand in the address space of a node. */
export const apiPrefix = '/api/v1';
