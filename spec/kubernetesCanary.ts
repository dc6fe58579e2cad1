/** The Service that leads to a candidate while it has a share of the requests. */
export const canaryService = (application: string): string => `${application}-canary`;
