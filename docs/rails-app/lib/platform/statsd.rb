# frozen_string_literal: true

require 'socket'

module Platform
  # DogStatsD: datagrams to the Datadog agent of the node, sent and forgotten. Without an agent nothing is sent.
  class Statsd
    # The agent cannot see which pod a datagram comes from, so the unified tags go with it.
    def self.from_environment
      tags = { env: ENV.fetch('DD_ENV', ''), service: ENV.fetch('DD_SERVICE', ''), version: ENV.fetch('DD_VERSION', '') }
      new(ENV.fetch('DD_AGENT_HOST', ''), Integer(ENV.fetch('DD_DOGSTATSD_PORT', '8125')), tags.reject { |_, v| v.empty? })
    end

    def initialize(host, port, tags)
      @host = host
      @port = port
      @tags = tags
    end

    def count(name, value = 1, tags = {})
      write("#{name}:#{value}|c", tags)
    end

    def gauge(name, value, tags = {})
      write("#{name}:#{value}|g", tags)
    end

    private

    def write(metric, tags)
      return if @host.empty?

      list = @tags.merge(tags).map { |key, value| "#{key}:#{value.to_s.tr(',|#', '_')}" }
      socket.send("#{metric}|##{list.join(',')}", 0)
    rescue SystemCallError, SocketError, IOError
      # The next one looks for the agent again; a number that is lost is not a reason to fail a request.
      @socket = nil
    end

    # Connected once: else the name of the agent would be asked of the DNS for every datagram.
    def socket
      @socket ||= begin
        family = Addrinfo.udp(@host, @port).afamily
        UDPSocket.new(family).tap { |socket| socket.connect(@host, @port) }
      end
    end
  end
end
