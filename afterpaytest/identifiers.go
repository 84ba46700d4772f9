package afterpaytest

import (
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// identifiers generates every id that the sandbox hands out, in the alphabets
// and lengths seen on the wire. It is not safe for concurrent use.
type identifiers struct {
	random     *rand.ChaCha8
	paymentsV1 int64
	paymentsV2 int64
	refunds    int64
}

func newIdentifiers(seed [32]byte) *identifiers {
	ids := &identifiers{random: rand.NewChaCha8(seed)}
	r := rand.New(ids.random)
	ids.paymentsV1 = 24_000_000 + r.Int64N(100_000)
	ids.paymentsV2 = r.Int64N(10_000_000)
	ids.refunds = 1_100_000 + r.Int64N(100_000)
	return ids
}

// randomSeed returns a random seed.
func randomSeed() (seed [32]byte) {
	for i := 0; i < len(seed); i += 8 {
		binary.LittleEndian.PutUint64(seed[i:], rand.Uint64())
	}
	return seed
}

var lowerBase32 = base32.HexEncoding.WithPadding(base32.NoPadding)

// base32 returns n characters of the lower-case alphabet of tokens.
func (ids *identifiers) base32(n int) string {
	raw := make([]byte, (n*5+7)/8)
	_, _ = ids.random.Read(raw) // never fails
	return strings.ToLower(lowerBase32.EncodeToString(raw))[:n]
}

// correlation returns a correlation id. Its base 32 alphabet differs from that
// of tokens.
func (ids *identifiers) correlation() string {
	raw := make([]byte, 17)
	_, _ = ids.random.Read(raw) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:26]
}

func (ids *identifiers) hex(n int) string {
	raw := make([]byte, (n+1)/2)
	_, _ = ids.random.Read(raw) // never fails
	return hex.EncodeToString(raw)[:n]
}

// token returns a checkout token: 52 characters in v1, a regional prefix and
// 48 characters in v2.
func (ids *identifiers) token(v version, p profile) string {
	if v == v1 {
		return ids.base32(52)
	}
	return p.tokenPrefix + ids.base32(48)
}

// payment returns a payment id. Ids increase in random steps.
func (ids *identifiers) payment(v version, p profile) string {
	step := 1 + int64(ids.random.Uint64()%97)
	if v == v1 {
		ids.paymentsV1 += step
		return strconv.FormatInt(ids.paymentsV1, 10)
	}
	ids.paymentsV2 += step
	return p.idPrefix + fmt.Sprintf("%08d", ids.paymentsV2)
}

// refund returns a numeric refund id.
func (ids *identifiers) refund() string {
	ids.refunds += 1 + int64(ids.random.Uint64()%97)
	return strconv.FormatInt(ids.refunds, 10)
}

// ksuidEpoch is the second at which the time of a KSUID starts.
const ksuidEpoch = 1_400_000_000

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// ksuid returns an event id: 27 characters of base 62 over a 32-bit time and
// 128 random bits, so that ids sort by time.
func (ids *identifiers) ksuid(at time.Time) string {
	var raw [20]byte
	binary.BigEndian.PutUint32(raw[:4], uint32(at.Unix()-ksuidEpoch))
	_, _ = ids.random.Read(raw[4:]) // never fails
	return encodeKSUID(raw)
}

// encodeKSUID writes 160 bits in base 62, by long division.
func encodeKSUID(raw [20]byte) string {
	var limbs [5]uint32
	for i := range limbs {
		limbs[i] = binary.BigEndian.Uint32(raw[i*4:])
	}
	var digits [27]byte
	for i := len(digits) - 1; i >= 0; i-- {
		var remainder uint64
		for j := range limbs {
			value := remainder<<32 | uint64(limbs[j])
			limbs[j] = uint32(value / 62)
			remainder = value % 62
		}
		digits[i] = base62[remainder]
	}
	return string(digits[:])
}
