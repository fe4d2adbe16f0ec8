@durability
Feature: What members tell the centre stays told
  Members leave a note for whoever calls them, write messages, thank a provider,
  and look at their session. Everything is read again in the same session, and once
  more after the load.

  Scenario: Notes, messages, thanks and sessions
    Given 2 instances
    And 10 users
    And traffic at 50 TPS for 7 s
    And nobody but the members raises the counter "thanks"
    And the member runs the journey "Sign in"
    When the member keeps the text "Call after noon: {{ unique }}" as "note"
    And the member sends PUT "/me/contact-note" with JSON:
      """
      {"note": "{{ user.kept.note }}"}
      """
    Then the response status is 204
    And the member's "contact note" is now "{{ user.kept.note }}"
    When the member sends GET "/me/contact-note"
    Then JSON "$.note" shows the member's "contact note"
    When the member keeps the text "It hurts again: {{ unique }}" as "message"
    And the member sends POST "/messages" with JSON:
      """
      {"text": "{{ user.kept.message }}"}
      """
    Then the response status is 201
    And "{{ user.kept.message }}" was appended to the member's "messages"
    When the member sends GET "/messages"
    Then JSON "$.messages[*].text" shows the member's list "messages"
    When the member sends POST "/providers/P-001/thanks"
    Then the response status is 204
    And the counter "thanks" was raised by 1
    When the member sends GET "/providers/P-001/thanks"
    Then JSON "$.thanks" shows the counter "thanks"
    When the member sends GET "/session"
    Then the response identifies the member by JSON "$.memberId" as member_id
    And JSON "$.requests" counts the member's requests of this session
    Then every member reads their own writes
    And no member sees another member's data
