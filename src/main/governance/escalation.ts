import type { EscalationConfig } from '../../shared/config/governance-config.ts';

/** Whom an entry tells, beside those who watch. */
export function targetsOf(config: EscalationConfig | undefined): {
  escalation?: { webhookUrl?: string; eventType?: string };
} {
  if (!config?.webhookUrl && !config?.eventType) return {};
  const { webhookUrl, webhookSecret, eventType } = config;
  return {
    escalation: {
      ...(webhookUrl ? { webhookUrl } : {}),
      ...(webhookUrl && webhookSecret ? { webhookSecret } : {}),
      ...(eventType ? { eventType } : {}),
    },
  };
}
