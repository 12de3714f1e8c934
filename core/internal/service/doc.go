// Package service is the plugin's side of the protocol: it serves components to the
// runner that started the process. core/sdk.Serve is the door to it.
package service
