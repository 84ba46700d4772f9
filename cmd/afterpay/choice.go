package main

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"
)

// word is a word for a value of a flag.
type word[T any] struct {
	text  string
	value T
}

// choice is a flag whose value is one of a few words.
type choice[T any] struct {
	to     *T
	words  []word[T]
	chosen string
}

// choose adds a flag whose value is one of the words.
func choose[T any](set *pflag.FlagSet, to *T, name, usage string, words ...word[T]) {
	set.Var(&choice[T]{to: to, words: words}, name, usage)
}

// wordsOf returns words that stand for themselves.
func wordsOf[T ~string](values ...T) []word[T] {
	words := make([]word[T], len(values))
	for i, v := range values {
		words[i] = word[T]{string(v), v}
	}
	return words
}

// Set sets the value that the word stands for.
func (c *choice[T]) Set(text string) error {
	for _, w := range c.words {
		if strings.EqualFold(w.text, text) {
			*c.to, c.chosen = w.value, w.text
			return nil
		}
	}
	return errors.New("choose one of " + strings.ReplaceAll(c.Type(), "|", ", "))
}

// String returns the chosen word.
func (c *choice[T]) String() string { return c.chosen }

// Type lists the words, for help texts.
func (c *choice[T]) Type() string {
	texts := make([]string, len(c.words))
	for i, w := range c.words {
		texts[i] = w.text
	}
	return strings.Join(texts, "|")
}
