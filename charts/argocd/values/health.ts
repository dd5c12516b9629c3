/**
 * What Argo CD thinks of a DatadogGenericResource, which it has no opinion of itself (resource_customizations/datadoghq.com
 * of Argo CD 3.5.1): one that Datadog has refused would be Healthy, and nobody would hear of it.
 */
const datadogGenericResource = `
local health = { status = "Progressing", message = "not written to Datadog yet" }
local status = obj.status
if status ~= nil and status.syncStatus ~= nil and status.syncStatus ~= "" then
  if status.syncStatus == "OK" then
    return { status = "Healthy", message = "written to Datadog" }
  end
  health = { status = "Degraded", message = status.syncStatus }
  for _, condition in ipairs(status.conditions or {}) do
    if condition.type == "Error" and condition.status == "True" then
      health.message = status.syncStatus .. ": " .. condition.message
    end
  end
end
return health
`;

/** By the key of the ConfigMap `argocd-cm`. */
export const resourceHealth: Readonly<Record<string, string>> = {
  'resource.customizations.health.datadoghq.com_DatadogGenericResource': datadogGenericResource.trimStart(),
};
