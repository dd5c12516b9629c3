// Runs the Jenkinsfile's own functions. The steps of Jenkins are played: each is written down, blocks run, and a shell
// script that is asked for its status ends as the story says. Prints for each story what was done, as JSON.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilerConfiguration

abstract class Steps extends Script {
  static final BLOCKS = ['withCredentials', 'dir', 'withEnv', 'container', 'podTemplate', 'node', 'timeout']
  List done = []
  Map statuses = [:]
  Map env = [:]
  String POD_LABEL = 'pod'
  Object scm = 'scm'
  Map currentBuild = [:]
  List variables = []

  def methodMissing(String name, given) {
    def (map, block) = [given.find { it instanceof Map } ?: [:], given.find { it instanceof Closure }]
    if (name == 'pipeline') return null
    if (name in BLOCKS) {
      def before = variables
      if (name == 'withEnv') variables = variables + given[0]
      if (name == 'node') done << 'agent'
      def answer = block()
      variables = before
      return answer
    }
    if (name == 'sleep') done << "sleep ${map.time} ${map.unit}".toString()
    if (name == 'error') throw new IllegalStateException(given[0].toString())
    if (name == 'sh') return shell(given[0])
    return null
  }

  def shell(given) {
    def script = (given instanceof Map ? given.script : given).toString()
    def kinds = ['preview open', 'await-preview', "sed -n 's/^error", 'await-migrations', 'await-rollout', 'npm run promote', 'npm run rollback', 'freeze --', 'grep', 'chat.postMessage', 'npm ci']
    def kind = kinds.find { script.contains(it) }
    if (kind == 'npm run promote')
      done << variables.findAll { it =~ /^(ENVIRONMENT|APPS|HOW)=/ }.collect { (it =~ /^\w+=(.*)/)[0][1] }.join(' ')
    else if (kind == "sed -n 's/^error") return '3 previews are open\n'
    else if (kind == 'freeze --') return 'production is frozen until the end of 2026-12-10 (UTC), by Ann Lee: fair\n'
    else if (kind == 'npm run rollback') done << script.trim()
    else if (kind == 'chat.postMessage') done << 'tell ' + variables.find { it.startsWith('TEXT=') }.drop(5)
    else if (kind in ['preview open', 'await-preview']) done << kind
    else if (kind in ['await-migrations', 'await-rollout']) done << kind + ' ' + (script =~ /--namespace (\S+)/)[0][1]
    if (!(given instanceof Map && given.returnStatus)) return ''
    def next = statuses[kind]
    return next ? next.remove(0) : 0
  }

  def usernamePassword(Map given) { given }
  def string(Map given) { given }
}

def configuration = new CompilerConfiguration(scriptBaseClass: Steps.name)
def shell = new GroovyShell(Steps.classLoader, new Binding(), configuration)
def stories = new JsonSlurper().parseText(args[1])
println JsonOutput.toJson(stories.collect { story ->
  def script = shell.parse(new File(args[0]))
  script.setEnv([IMAGE: 'image', IMAGE_TAG: 'tag', SCHEMA: 'schema'].withDefault { it })
  script.setStatuses(story.statuses.collectEntries { kind, all -> [(kind): new ArrayList(all)] })
  script.run()
  def ended = 'well'
  def answer = null
  try {
    answer = script."${story.call}"(*story.with)
  } catch (IllegalStateException error) {
    ended = error.message
  }
  [done: script.done.collect { it.toString() }, ended: ended, answer: answer, description: script.currentBuild.description?.toString(), preview: script.env.PREVIEW.toString()]
})
