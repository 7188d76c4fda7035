package sandbox

import (
	"crypto/rsa"
	"math/big"
)

// The primes of the key that signs ID tokens. They are no secret: the key is worth nothing outside of a sandbox, which hands a token to
// whoever asks for one. To find primes anew takes a tenth of a second of computing, more than all else that a small rehearsal does.
const (
	keyPrime1 = "c5dd728858eaf5bf83d4636325698c35db199a485abfd1f7d4a2f815b730d27598b62ee07d03b89b98c67b2a3f84e475" +
		"31f5ef352cb84e395047c6c8edf1cd59afdcc591b122dea67eed9563a8224bb295b2adf875a5b0a9709d61a5d1741d63" +
		"b460be37752e857473f72931e83cdc992eb680761c7534f42f4be594126cc19d"
	keyPrime2 = "d766e7158798ca0c7201595d02b985b04fee9faacc47c5d31dce863afb058746f905da357a797e729e315ebe18f88806" +
		"3d06fd180f73eb7bbdd8722243442722d2717ed8463326c0208d43dd16de470ae21a0f596cb4eba3ba3c5239f4700e12" +
		"220cf3a3a945575b3913e469e9bbdd6c9baee329ab893bf36998c60f1aaeecd7"
)

// signingKey returns the key of 2048 bits that ID tokens are signed with.
func signingKey() (*rsa.PrivateKey, error) {
	p, q, one := fromHex(keyPrime1), fromHex(keyPrime2), big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, Primes: []*big.Int{p, q}}
	totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key.D = new(big.Int).ModInverse(big.NewInt(int64(key.E)), totient)
	key.Precompute()
	return key, key.Validate()
}

func fromHex(digits string) *big.Int {
	n, _ := new(big.Int).SetString(digits, 16)
	return n
}
