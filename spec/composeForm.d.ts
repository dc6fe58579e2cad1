/** One of the schema's complaints, as ajv makes them. */
export interface ErrorObject {
  keyword: string;
  /** JSON pointer. */
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
}

/** Whether a Compose file has the form that the Compose specification's own JSON schema describes. */
declare const validate: {
  (tree: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export default validate;
