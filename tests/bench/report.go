package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// noTarget is of figures that explain others.
var noTarget = bound{}

// row is a line of the report. NaN stands for nothing.
type row struct {
	figure           string
	product, ceiling float64
	format           string // of product and ceiling
	ratio            float64
	spread           string
	target           bound
}

// bound is what a figure must hold; what it looks at is the ratio if there is one, else the product's value.
type bound struct {
	atLeast bool
	value   float64
	text    string
}

func atLeast(v float64) bound         { return bound{true, v, fmt.Sprintf("≥ %.2f", v)} }
func atMost(v float64) bound          { return bound{false, v, fmt.Sprintf("≤ %.2f", v)} }
func under(v float64, t string) bound { return bound{false, v, t} }

var none = math.NaN()

func (r row) verdict() string {
	v := r.ratio
	if math.IsNaN(v) {
		v = r.product
	}
	switch {
	case r.target.text == "":
		return ""
	case r.target.atLeast == (v >= r.target.value) || v == r.target.value:
		return "ok"
	default:
		return "MISSED"
	}
}

// report collects rows and prints them.
type report struct {
	rows  []row
	notes []string
}

func (r *report) add(rows ...row) { r.rows = append(r.rows, rows...) }

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// renote adds a note, or replaces the one that has the same beginning.
func (r *report) renote(start, format string, args ...any) {
	text := start + ": " + fmt.Sprintf(format, args...)
	for i, n := range r.notes {
		if strings.HasPrefix(n, start+": ") {
			r.notes[i] = text
			return
		}
	}
	r.notes = append(r.notes, text)
}

// compare adds the figure of two sides measured in turns.
func (r *report) compare(figure, format string, p *pairs, target bound) {
	product, ceiling := p.middles()
	mid, least, most := p.ratios()
	r.add(row{figure, product, ceiling, format, mid, fmt.Sprintf("%.2f–%.2f", least, most), target})
}

// alone adds a figure with nothing beside it.
func (r *report) alone(figure, format string, v float64, target bound) {
	r.add(row{figure: figure, product: v, ceiling: none, format: format, ratio: none, target: target})
}

func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	cell := func(format string, v float64) string {
		if math.IsNaN(v) {
			return "-"
		}
		return fmt.Sprintf(format, v)
	}
	_, _ = fmt.Fprintln(t, "figure\tproduct\tceiling\tratio\tspread\ttarget\t\t")
	missed := 0
	for _, l := range r.rows {
		verdict := l.verdict()
		if verdict == "MISSED" {
			missed++
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", l.figure, cell(l.format, l.product), cell(l.format, l.ceiling),
			cell("%.2f", l.ratio), l.spread, l.target.text, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range r.notes {
		_, _ = fmt.Fprintln(w, "  "+n)
	}
	_, err := fmt.Fprintf(w, "%d figures, %d missed\n", len(r.rows), missed)
	return err
}
