package open

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"

	"github.com/cockroachdb/errors"
)

// credentials finds user and password: before the hosts, or as parameters; the password also in a file, which keeps it out
// of process lists.
func credentials(t *target) (user, password string, err error) {
	user = t.params.text("user")
	password = t.params.text("password")
	file := t.params.text("password_file")
	if t.user != nil {
		if user != "" {
			return "", "", errors.New("the user is given twice, before the hosts and as a parameter")
		}
		user = t.user.Username()
		if p, ok := t.user.Password(); ok {
			if password != "" {
				return "", "", errors.New("the password is given twice, before the hosts and as a parameter")
			}
			password = p
		}
	}
	if file != "" {
		if password != "" {
			return "", "", errors.New("the password is given twice, once as password_file")
		}
		content, err := os.ReadFile(file) //nolint:gosec // whoever writes the URL names the file
		if err != nil {
			return "", "", errors.Wrap(err, "parameter password_file")
		}
		password = strings.TrimRight(string(content), "\r\n")
	}
	if (user == "") != (password == "") {
		return "", "", errors.New("user and password must be given together")
	}
	return user, password, nil
}

// tlsConfig returns nil for plain text: when no parameter asks for TLS.
func tlsConfig(p *params) (*tls.Config, error) {
	ca, cert, key := p.text("ca"), p.text("cert"), p.text("key")
	serverName := p.text("server_name")
	skip, _ := p.boolean("insecure_skip_verify")
	on, said := p.boolean("tls")
	needed := ca != "" || cert != "" || key != "" || serverName != "" || skip
	switch {
	case said && !on && needed:
		return nil, errors.New("tls=false contradicts the other parameters of TLS")
	case (cert == "") != (key == ""):
		return nil, errors.New("parameters cert and key must be given together")
	case !on && !needed:
		return nil, nil
	}
	cfg := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         serverName,
		InsecureSkipVerify: skip, //nolint:gosec // by its name, whoever sets it knows
	}
	if ca != "" {
		pem, err := os.ReadFile(ca) //nolint:gosec // whoever writes the URL names the file
		if err != nil {
			return nil, errors.Wrap(err, "parameter ca")
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.Newf("parameter ca: no certificate in %s", errors.Safe(ca))
		}
	}
	if cert != "" {
		// Read at each handshake, so that a renewed certificate is taken without a restart.
		load := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(cert, key)
			return &pair, errors.Wrap(err, "parameters cert and key")
		}
		if _, err := load(); err != nil {
			return nil, err
		}
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	}
	return cfg, nil
}
