package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// makeCertificates writes into the folder named by the second argument what one cluster needs: an authority, a certificate
// for each server, the API server's own for its calls to kubelets, and the key that signs the tokens of accounts.
func makeCertificates() {
	if len(os.Args) != 2 {
		stop(fmt.Errorf("say the folder: certificates DIR"))
	}
	dir := os.Args[1]
	authority := certificate("holdfast-dev")
	authority.IsCA = true
	authority.BasicConstraintsValid = true
	authority.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	authorityKey := newKey()
	write(dir, "ca", authority, authority, authorityKey, authorityKey)
	for _, name := range []string{"kube-apiserver", "kubelet"} {
		server := certificate(name)
		server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)}
		server.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
		write(dir, name, server, authority, newKey(), authorityKey)
	}
	client := certificate("kube-apiserver-kubelet-client")
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	write(dir, "kubelet-client", client, authority, newKey(), authorityKey)
	writeKey(dir, "service-accounts", newKey())
}

// certificate is valid for so long that a cluster whose clock leaps for years still trusts it.
func certificate(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	stop(err)
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, Organization: []string{"holdfast-dev"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(50, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	stop(err)
	return key
}

func write(dir, name string, wanted, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) {
	bytes, err := x509.CreateCertificate(rand.Reader, wanted, issuer, &key.PublicKey, issuerKey)
	stop(err)
	writePem(filepath.Join(dir, name+".crt"), "CERTIFICATE", bytes)
	writeKey(dir, name, key)
}

func writeKey(dir, name string, key *ecdsa.PrivateKey) {
	bytes, err := x509.MarshalECPrivateKey(key)
	stop(err)
	writePem(filepath.Join(dir, name+".key"), "EC PRIVATE KEY", bytes)
}

func writePem(file, kind string, bytes []byte) {
	stop(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600))
}

func stop(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
