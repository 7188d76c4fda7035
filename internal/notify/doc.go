// Package notify tells a chat what became of a run: one POST of a small JSON document to each incoming webhook.
//
// The document is one that the webhooks take as it is (docs/notify.schema.json). Slack shows `text`, in which & < and > are escaped
// (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, and .../formatting-message-text). Discord shows `content`, of at
// most 2000 characters, and mentions nobody where allowed_mentions says so (discord.com/developers/docs/resources/webhook,
// execute-webhook). The workflows of Teams take Adaptive Cards in `attachments` and nothing else
// (learn.microsoft.com/connectors/teams, "Microsoft Teams Webhook"). Discord has another meaning for attachments and refuses those, so
// only Microsoft's hosts get them.
//
// The address of a webhook is a secret: whoever has it can post. No message of this package holds it, only its host. A delivery that
// fails is a warning of the caller, never a reason to fail.
//
// It knows neither plans nor flags: cmd/facets-reconcile/notify.go tells which moment a run has come to. Start with notifier.go.
package notify
