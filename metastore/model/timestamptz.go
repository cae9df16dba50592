package model

import (
	"time"

	"github.com/taproot-db/taproot/metastore/errs"
)

// What clients write a point in time as. A text without an offset is in the time zone of its collection.
var (
	offsetLayouts = [...]string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"}
	localLayouts  = [...]string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}
)

// The years 0 to 9999 in UTC, in microseconds since the epoch: what has a text.
const (
	minTimestamptz = -62167219200000000
	maxTimestamptz = 253402300799999999
)

// FormatTimestamptz returns a stored default value, in microseconds since the epoch, as clients see it: RFC 3339 in that
// zone, or in UTC where the zone is none.
func FormatTimestamptz(micros int64, zone string) string {
	return time.UnixMicro(micros).In(location(zone)).Format(time.RFC3339Nano)
}

// StoredDefault returns the field's default value as a catalog holds it: that of a Timestamptz field, which clients send
// as text, becomes microseconds since the epoch. The field is one that ValidateField accepts; zone is its collection's.
func StoredDefault(f *Field, zone string) *Value {
	if f.Type != Timestamptz || f.Default == nil || f.Default.Kind != ValueString {
		return f.Default
	}
	t, ok := parseTimestamptz(f.Default.String, zone)
	if !ok {
		return f.Default
	}
	return &Value{Kind: ValueTimestamptz, Int: t.UnixMicro()}
}

func (f *Field) checkTimestamptz(text string) error {
	if t, ok := parseTimestamptz(text, "UTC"); !ok || t.UnixMicro() < minTimestamptz || t.UnixMicro() > maxTimestamptz {
		return errs.Invalid("default value of field (%s) is no valid timestamptz: %s", f.Name, text)
	}
	return nil
}

func parseTimestamptz(text, zone string) (time.Time, bool) {
	for _, layout := range offsetLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, text, location(zone)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func location(zone string) *time.Location {
	if zone == "" || !validTimezone(zone) {
		return time.UTC
	}
	at, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	return at
}
