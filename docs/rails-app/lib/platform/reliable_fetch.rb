# frozen_string_literal: true

require 'sidekiq/api'
require 'sidekiq/fetch'
require_relative 'every'
require_relative 'job_scripts'
require_relative 'metrics'

module Platform
  # Sidekiq's own fetch removes a job from Redis and then does it: with a process that is killed (out of memory, its node
  # gone) go all the jobs that it was doing. Here a job stays in Redis, in a list of its process, until it is done. Another
  # process takes over the list of one that has given no sign of life for a while; so a job may run twice, and none is lost.
  class ReliableFetch < Sidekiq::BasicFetch
    # Why a job is among the dead: it is Sentry's title.
    class GivenUp < StandardError; end

    # Seconds between signs of life.
    BEAT = 10
    # Seconds until a thread that found nothing looks again. No command of Redis waits for several queues and moves what
    # comes, so a job waits up to so long for the first free thread.
    IDLE = (0.5..1.5)
    # In Redis: every process that may have jobs, and when it last gave a sign of life.
    PROCESSES = 'fetch:processes'

    UnitOfWork = Struct.new(:queue, :job, :fetch) do
      def acknowledge
        fetch.done(job)
      end

      def queue_name
        queue.delete_prefix('queue:')
      end

      def requeue
        fetch.give_back(job)
      end
    end

    # @param capsule [Sidekiq::Capsule] what Sidekiq gives to a `fetch_class`: queues, weights, connections
    def initialize(capsule)
      super
      @name = "#{identity}:#{capsule.name}"
      @taken = list(@name)
      @after = Integer(ENV.fetch('SIDEKIQ_TAKE_OVER_AFTER', '60'))
      @most = Integer(ENV.fetch('SIDEKIQ_INTERRUPTIONS', '3'))
      @hands = {}
      @lock = Mutex.new
      @unsaid = Thread::Queue.new
      @strays = []
    end

    # Before the first job is taken. Raises when Redis is away, as Sidekiq does at its start.
    def start
      beat
      everybody.each { |name| take_over(name) if predecessor?(name) }
      Every.run(BEAT, 'fetch', logger) { beat unless @left }
    end

    # -- What Sidekiq calls

    def retrieve_work
      # The queues in the order of this turn: shuffled by their weights, as BasicFetch does.
      queue, job = ask(JobScripts::TAKE, [@taken, PROCESSES, *queues_cmd], [@name])
      @lock.synchronize { @hands[Thread.current] = job }
      return UnitOfWork.new(queue, job, self) if job

      sleep rand(IDLE)
      nil
    end

    # With the jobs that TERM has interrupted; and with none, when all threads have ended.
    def bulk_requeue(units)
      units.each(&:requeue)
      logger.info("Gave #{units.size} jobs back to their queues") unless units.empty?
      leave if units.empty?
    rescue StandardError => e
      # They are in the list, and the next process takes them over.
      logger.warn("Jobs were not given back, and are taken over in #{@after} s: #{e.message}")
    end

    # -- What a unit of work calls

    def done(job)
      redis { |conn| conn.call('LREM', @taken, 1, job) }
    rescue RedisClient::Error => e
      # Said again with the next beat: a job that stayed in the list would run once more.
      logger.warn("A job is done, and Redis does not know yet: #{e.message}")
      @unsaid << job
    end

    def give_back(job, list = @taken, item = JobScripts.read(job))
      return set_aside(list, job, 'dead', 0) unless item

      # The wait in the queue begins anew, or its latency would have the time that the job ran.
      item['enqueued_at'] = Time.now.to_f
      queue = item.fetch('queue')
      ask(JobScripts::RETURN, [list, "queue:#{queue}"], [job, Sidekiq.dump_json(item), queue])
    end

    private

    def beat
      now = ::Process.clock_gettime(::Process::CLOCK_MONOTONIC)
      say_done
      ask(JobScripts::BEAT, [PROCESSES], [@name])
      # Redis was away for all of us, or this process stood still: whoever lives has so long to say so.
      @since = now if @since.nil? || now - @last > @after
      @last = now
      return_strays
      silent.each { |name| take_over(name) } if now - @since >= @after
    rescue StandardError
      @since = nil
      raise
    end

    def say_done
      until @unsaid.empty?
        job = @unsaid.pop
        begin
          redis { |conn| conn.call('LREM', @taken, 1, job) }
        rescue RedisClient::Error
          @unsaid << job
          raise
        end
      end
    end

    # Jobs in the list that no thread has: Redis moved one and its answer was lost, or the thread that had it died of an
    # error, for example because Redis took no retry. Seen twice, because a thread may be just taking or ending one.
    def return_strays
      listed = jobs(@taken)
      held = @lock.synchronize do
        @hands.select! { |thread, _| thread.alive? }
        @hands.values
      end
      strays = listed - held
      (strays & @strays).each do |job|
        logger.warn("A job that no thread does goes back to its queue: #{JobScripts.read(job)&.fetch('jid', nil)}")
        give_back(job)
      end
      @strays = strays
    end

    def silent
      ask(JobScripts::SILENT, [PROCESSES], [@after])
    end

    def everybody
      redis { |conn| conn.call('ZRANGE', PROCESSES, 0, -1) }
    end

    # A container that is started again has the host's name of the one before (the pod's) and its number of the process
    # (1). Two that live cannot have both.
    def predecessor?(name)
      name != @name && name.start_with?("#{hostname}:#{::Process.pid}:")
    end

    def take_over(name)
      list = list(name)
      jobs(list).each { |job| interrupted(list, job) }
      ask(JobScripts::FORGET, [list, PROCESSES], [name])
    end

    def interrupted(list, job)
      item = JobScripts.read(job)
      return set_aside(list, job, 'dead', 0) unless item

      item['interruptions'] = item['interruptions'].to_i + 1
      # Nothing was there to be moved: another process was faster.
      return if again(list, job, item).zero?

      logger.warn("The process of job #{item['jid']} ended before it was done, for the #{item['interruptions']}. time")
      Metrics.job_interrupted(item['queue'])
      give_up(item) if item['interruptions'] > @most
    end

    # The first time at once. From then on each job at another moment: one that kills its process must not take those
    # beside it with it again. And not for ever.
    def again(list, job, item)
      times = item['interruptions']
      return give_back(job, list, item) if times == 1

      times > @most ? set_aside(list, job, 'dead', 0, item) : set_aside(list, job, 'schedule', rand(30.0 * times), item)
    end

    def give_up(item)
      error = GivenUp.new("#{item['wrapped'] || item['class']} has lost its process #{item['interruptions']} times")
      handle_exception(error, { context: 'A job was given up', job: item })
      config.config.death_handlers.each { |handler| handler.call(item, error) }
    end

    # All threads have ended, so whatever is in the list is nobody's.
    def leave
      @left = true
      say_done
      jobs(@taken).each { |job| give_back(job) }
      ask(JobScripts::FORGET, [@taken, PROCESSES], [@name])
    end

    def set_aside(list, job, set, seconds, item = nil)
      ask(JobScripts::SET_ASIDE, [list, set], [job, item ? Sidekiq.dump_json(item) : job, Time.now.to_f + seconds])
    end

    def ask(script, keys, arguments)
      redis { |conn| JobScripts.call(conn, script, keys, arguments) }
    end

    # The one that was taken first comes last; given back last, it is the first of its queue again.
    def jobs(list)
      redis { |conn| conn.call('LRANGE', list, 0, -1) }
    end

    def list(name)
      "fetch:taken:#{name}"
    end
  end
end
