package openai

import (
	"encoding/json"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// entries is a page of any list of the directory.
type entries struct {
	Data    []entry `json:"data"`
	HasMore text    `json:"has_more"`
	LastID  text    `json:"last_id"`
}

// entry is one of whatever the directory lists, or a spend limit, which stands
// alone. A part that is of another type than expected is as if it were not there.
type entry struct{ parts }

// UnmarshalJSON never fails.
func (e *entry) UnmarshalJSON(raw []byte) error {
	_ = json.Unmarshal(raw, &e.parts)
	return nil
}

// parts has what projects, users, keys, limits and alerts are made of.
type parts struct {
	ID     text `json:"id"`
	Name   text `json:"name"`
	Email  text `json:"email"`
	Status text `json:"status"`
	Hint   text `json:"redacted_value"`

	// Unix seconds.
	CreatedAt     pull.Number `json:"created_at"`
	Created       pull.Number `json:"created"`
	AddedAt       pull.Number `json:"added_at"`
	ArchivedAt    pull.Number `json:"archived_at"`
	ExpiresAt     pull.Number `json:"expires_at"`
	LastUsedAt    pull.Number `json:"last_used_at"`
	KeyLastUsedAt pull.Number `json:"api_key_last_used_at"`

	User struct {
		Name   text `json:"name"`
		Email  text `json:"email"`
		Banned text `json:"banned"`
	} `json:"user"`
	Owner struct {
		ServiceAccount struct {
			ID        text        `json:"id"`
			Name      text        `json:"name"`
			CreatedAt pull.Number `json:"created_at"`
		} `json:"service_account"`
	} `json:"owner"`

	Threshold   pull.Number `json:"threshold_amount"` // cents
	Currency    text        `json:"currency"`
	Interval    text        `json:"interval"`
	Enforcement struct {
		Status text `json:"status"`
	} `json:"enforcement"`
	Channel struct {
		Type       text   `json:"type"`
		Recipients []text `json:"recipients"`
	} `json:"notification_channel"`
}

// entity is an entry in our words.
func (e *entry) entity(kind usage.Dimension, archived bool) usage.Entity {
	return usage.Entity{Kind: kind, ID: string(e.ID), Name: string(e.Name), Hint: string(e.Hint),
		Created: instant(e.CreatedAt), LastUsed: instant(e.LastUsedAt), Archived: archived}
}

// instant returns the time of a Unix second; 0, and what cannot be, is none.
func instant(n pull.Number) time.Time {
	at, err := n.Int()
	if err != nil || at <= 0 || at > 1<<40 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}
