# frozen_string_literal: true

module Platform
  # Work of a thread of its own, so that no job delays it.
  module Every
    # Does it at once and then every so many seconds. An error is logged, and the next time tried again.
    def self.run(seconds, name, logger)
      Thread.new do
        Thread.current.name = name
        loop do
          yield
        rescue StandardError => e
          logger.warn("#{name}: #{e.class}: #{e.message}")
        ensure
          sleep seconds
        end
      end
    end
  end
end
