package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// followClock shifts what time.Now tells by the offset in file, now and whenever it changes. Timers and durations go on as
// they were: the machine looks like one whose wall clock was set forward.
func followClock(file string) {
	if file == "" {
		return
	}
	if err := readOffset(file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			_ = readOffset(file) // the file goes with its cluster, and our end follows
		}
	}()
}

func readOffset(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var clock struct {
		OffsetMs *float64 `json:"offsetMs"`
	}
	if err := json.Unmarshal(text, &clock); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if clock.OffsetMs == nil {
		return fmt.Errorf("%s holds no number offsetMs", file)
	}
	time.ShiftNow(time.Duration(*clock.OffsetMs * float64(time.Millisecond))) // of shift.go.txt
	return nil
}
